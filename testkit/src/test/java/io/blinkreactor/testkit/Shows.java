package io.blinkreactor.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Names the switches of the Blaxel emulator whose effect on the wire a test shows. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Shows {
  /** The switches. */
  BlaxelSwitch[] value();
}

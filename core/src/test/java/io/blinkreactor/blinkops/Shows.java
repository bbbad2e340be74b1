package io.blinkreactor.blinkops;

import io.blinkreactor.testkit.Switch;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Names the switches of the emulator whose effect on the client a test shows. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Shows {
  /** The switches. */
  Switch[] value();
}

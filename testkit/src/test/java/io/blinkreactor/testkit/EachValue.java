package io.blinkreactor.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * A test that runs once for each word that a switch takes, so that a new word is tested unasked.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@ArgumentsSource(EachValue.Values.class)
@interface EachValue {
  /** A switch that takes one of a few words. */
  BlaxelSwitch value();

  /** Reads the words out of {@link BlaxelSwitch#takes()}. */
  final class Values implements ArgumentsProvider, AnnotationConsumer<EachValue> {
    private List<String> words = List.of();

    @Override
    public void accept(EachValue annotation) {
      words = of(annotation.value());
    }

    @Override
    public Stream<? extends Arguments> provideArguments(
        ParameterDeclarations parameters, ExtensionContext context) {
      return words.stream().map(Arguments::of);
    }

    /** The words that a switch takes; none if it takes more than a few. */
    static List<String> of(BlaxelSwitch which) {
      String takes = which.takes();
      if (takes.equals("on or off")) {
        return List.of("on", "off");
      }
      return takes.startsWith("one of ")
          ? List.of(takes.substring("one of ".length()).split(", ", -1))
          : List.of();
    }
  }
}

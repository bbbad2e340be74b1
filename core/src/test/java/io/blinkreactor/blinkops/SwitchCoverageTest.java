package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.testkit.Switch;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

class SwitchCoverageTest {

  @Test
  void everySwitchHasATestThatShowsTheClientsAnswer() {
    Set<Switch> missing = EnumSet.allOf(Switch.class);
    missing.removeAll(words().keySet());
    assertThat(missing).as("switches that no test with @Shows names").isEmpty();
  }

  @Test
  void everyWordThatASwitchTakesIsExercised() {
    Map<Switch, Set<String>> exercised = words();
    List<String> missing = new ArrayList<>();
    for (Switch each : Switch.values()) {
      for (String word : EachValue.Values.of(each)) {
        if (!exercised.getOrDefault(each, Set.of()).contains(word)) {
          missing.add(each.key() + "=" + word);
        }
      }
    }
    assertThat(missing).as("values that no test with @Shows exercises").isEmpty();
  }

  /** The words in the sources of the tests that show a switch. */
  private static Map<Switch, Set<String>> words() {
    Map<Switch, Set<String>> words = new EnumMap<>(Switch.class);
    for (Class<?> type :
        ReflectionSupport.findAllClassesInPackage(
            SwitchCoverageTest.class.getPackageName(),
            type -> SwitchTest.class.isAssignableFrom(type),
            name -> true)) {
      for (Method test :
          ReflectionSupport.findMethods(
              type, SwitchCoverageTest::isLiveTest, HierarchyTraversalMode.TOP_DOWN)) {
        for (Switch shown : test.getAnnotation(Shows.class).value()) {
          words.computeIfAbsent(shown, none -> new HashSet<>()).addAll(words(test, shown));
        }
      }
    }
    return words;
  }

  private static boolean isLiveTest(Method method) {
    return method.isAnnotationPresent(Shows.class)
        && !AnnotationSupport.isAnnotated(method, Disabled.class)
        && !AnnotationSupport.isAnnotated(method.getDeclaringClass(), Disabled.class)
        && (AnnotationSupport.isAnnotated(method, Test.class)
            || AnnotationSupport.isAnnotated(method, ParameterizedTest.class));
  }

  private static List<String> words(Method test, Switch shown) {
    EachValue each = test.getAnnotation(EachValue.class);
    ValueSource values = test.getAnnotation(ValueSource.class);
    CsvSource rows = test.getAnnotation(CsvSource.class);
    return Stream.of(
            each != null && each.value() == shown ? EachValue.Values.of(shown) : List.<String>of(),
            values != null ? List.of(values.strings()) : List.<String>of(),
            rows != null
                ? Arrays.stream(rows.value())
                    .flatMap(row -> Arrays.stream(row.split("[|,]", -1)))
                    .map(String::strip)
                    .toList()
                : List.<String>of())
        .flatMap(List::stream)
        .toList();
  }
}

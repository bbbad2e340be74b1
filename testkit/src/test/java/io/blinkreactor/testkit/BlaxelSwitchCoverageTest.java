package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

class BlaxelSwitchCoverageTest {
  @Test
  void everySwitchHasATestThatShowsWhatItDoes() {
    Set<BlaxelSwitch> missing = EnumSet.allOf(BlaxelSwitch.class);
    for (Method test : tests()) {
      missing.removeAll(List.of(test.getAnnotation(Shows.class).value()));
    }
    assertThat(missing).as("switches that no test with @Shows names").isEmpty();
  }

  @Test
  void aSwitchOfFewWordsIsShownForEachOfThem() {
    Set<BlaxelSwitch> missing = EnumSet.allOf(BlaxelSwitch.class);
    missing.removeIf(each -> EachValue.Values.of(each).isEmpty());
    for (Method test : tests()) {
      EachValue each = test.getAnnotation(EachValue.class);
      if (each != null) {
        missing.remove(each.value());
      }
    }
    assertThat(missing).as("switches of few words that no test runs through").isEmpty();
  }

  private static List<Method> tests() {
    List<Method> tests = new ArrayList<>();
    for (Class<?> type :
        ReflectionSupport.findAllClassesInPackage(
            BlaxelSwitchCoverageTest.class.getPackageName(),
            type -> type.getSimpleName().startsWith("Blaxel"),
            name -> true)) {
      tests.addAll(
          ReflectionSupport.findMethods(
              type, BlaxelSwitchCoverageTest::isLiveTest, HierarchyTraversalMode.TOP_DOWN));
    }
    return tests;
  }

  private static boolean isLiveTest(Method method) {
    return method.isAnnotationPresent(Shows.class)
        && !AnnotationSupport.isAnnotated(method, Disabled.class)
        && !AnnotationSupport.isAnnotated(method.getDeclaringClass(), Disabled.class)
        && (AnnotationSupport.isAnnotated(method, Test.class)
            || AnnotationSupport.isAnnotated(method, ParameterizedTest.class));
  }
}

package io.blinkreactor.examples;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.blinkreactor.TimeSource;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The rooms of the house, who may know whom, and what is banned in them. */
@AnalyzeClasses(packages = "io.blinkreactor", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String ROOT = "io.blinkreactor";

  @ArchTest
  static final ArchRule arrowsPointDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage(ROOT + "..")
          .layer("root")
          .definedBy(ROOT, ROOT + ".internal", ROOT + ".internal.json")
          .layer("http")
          .definedBy(ROOT + ".http", ROOT + ".internal.http")
          .layer("stream")
          .definedBy(ROOT + ".stream", ROOT + ".internal.stream")
          .layer("export")
          .definedBy(ROOT + ".export", ROOT + ".internal.export")
          .layer("completion")
          .definedBy(ROOT + ".completion", ROOT + ".internal.completion")
          .layer("blinkops")
          .definedBy(ROOT + ".blinkops")
          .layer("blaxel")
          .definedBy(ROOT + ".blaxel")
          .layer("callback server")
          .definedBy(ROOT + ".callback")
          .layer("testkit")
          .definedBy(ROOT + ".testkit")
          .layer("examples")
          .definedBy(ROOT + ".examples..")
          .whereLayer("examples")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("testkit")
          .mayOnlyBeAccessedByLayers("examples")
          .whereLayer("callback server")
          .mayOnlyBeAccessedByLayers("examples")
          .whereLayer("blinkops")
          .mayOnlyBeAccessedByLayers("examples")
          .whereLayer("blaxel")
          .mayOnlyBeAccessedByLayers("examples")
          .whereLayer("completion")
          .mayOnlyBeAccessedByLayers("blinkops", "blaxel", "callback server", "examples")
          .whereLayer("export")
          .mayOnlyBeAccessedByLayers("blinkops", "blaxel", "examples")
          .whereLayer("stream")
          .mayOnlyBeAccessedByLayers("export", "blinkops", "blaxel", "examples")
          .whereLayer("http")
          .mayOnlyBeAccessedByLayers("blinkops", "blaxel", "examples");

  @ArchTest
  static final ArchRule theTestkitKnowsNothingOfTheClient =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".testkit..")
          .should()
          .dependOnClassesThat(
              describe(
                  "belong to the library",
                  c ->
                      c.getPackageName().startsWith(ROOT)
                          && !c.getPackageName().startsWith(ROOT + ".testkit")));

  @ArchTest
  static final ArchRule theCallbackServerKnowsOnlyTheReceiverSpi =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".callback..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + ".blinkops..",
              ROOT + ".blaxel..",
              ROOT + ".http..",
              ROOT + ".internal.http..",
              ROOT + ".internal.json..",
              ROOT + ".internal.completion..");

  @ArchTest
  static final ArchRule theEnginesKnowNoHttpAndNoVendor =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT + ".completion..",
              ROOT + ".internal.completion..",
              ROOT + ".internal.stream..",
              ROOT + ".export..",
              ROOT + ".internal.export..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("reactor.netty..", "io.netty..", "tools.jackson..");

  @ArchTest
  static final ArchRule jacksonStaysInOneRoom =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + ".internal.json..", ROOT + ".testkit..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("tools.jackson..", "com.fasterxml..");

  @ArchTest
  static final ArchRule publicSignaturesShowNothingInternal =
      classes()
          .that()
          .arePublic()
          .and()
          .resideOutsideOfPackage(ROOT + ".internal..")
          .should(
              notShow(type -> type.toErasure().getPackageName().startsWith(ROOT + ".internal")));

  @ArchTest
  static final ArchRule onlyTheTimeSourceKnowsTheWallClock =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT,
              ROOT + ".internal..",
              ROOT + ".http..",
              ROOT + ".completion..",
              ROOT + ".export..",
              ROOT + ".blinkops..",
              ROOT + ".blaxel..",
              ROOT + ".callback..")
          .and(DescribedPredicate.not(belongToAnyOf(TimeSource.class)))
          .should()
          .callMethodWhere(
              call(
                  Set.of(
                      "java.time.Instant.now",
                      "java.time.LocalDateTime.now",
                      "java.time.ZonedDateTime.now",
                      "java.time.OffsetDateTime.now",
                      "java.lang.System.currentTimeMillis",
                      "java.lang.System.nanoTime",
                      "java.lang.Thread.sleep")))
          .orShould()
          .callMethodWhere(staticCall(Clock.class))
          .orShould()
          .callMethodWhere(staticCall(Schedulers.class));

  @ArchTest
  static final ArchRule timersNameTheirScheduler =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "..")
          .and()
          .resideOutsideOfPackages(
              ROOT + ".testkit..", ROOT + ".examples..", ROOT + ".benchmarks..")
          .should()
          .callMethodWhere(
              describe(
                  "a time operator without a scheduler",
                  call ->
                      isReactor(call)
                          && Set.of(
                                  "delay",
                                  "interval",
                                  "timeout",
                                  "delayElement",
                                  "delayElements",
                                  "delaySubscription",
                                  "elapsed",
                                  "timed",
                                  "cache",
                                  "sample",
                                  "bufferTimeout",
                                  "windowTimeout",
                                  "take",
                                  "skip")
                              .contains(call.getName())
                          && takes(call, "java.time.Duration")
                          && !takes(call, "reactor.core.scheduler.Scheduler")));

  @ArchTest
  static final ArchRule flatMapNamesItsConcurrency =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "..")
          .should()
          .callMethodWhere(
              describe(
                  "Flux.flatMap without a concurrency",
                  call ->
                      call.getTargetOwner().isEquivalentTo(Flux.class)
                          && Set.of("flatMap", "flatMapSequential", "flatMapDelayError")
                              .contains(call.getName())
                          && !takes(call, "int")));

  @ArchTest
  static final ArchRule everyPackageIsNullMarked =
      classes().that().haveSimpleName("package-info").should().beAnnotatedWith(NullMarked.class);

  private static boolean isReactor(JavaMethodCall call) {
    return call.getTargetOwner().isEquivalentTo(Flux.class)
        || call.getTargetOwner().isEquivalentTo(Mono.class);
  }

  private static boolean takes(JavaMethodCall call, String type) {
    return call.getTarget().getRawParameterTypes().stream().anyMatch(p -> p.getName().equals(type));
  }

  private static DescribedPredicate<JavaMethodCall> call(Set<String> methods) {
    return describe(
        "a reading of the wall clock, or a sleep",
        call -> methods.contains(call.getTargetOwner().getName() + "." + call.getName()));
  }

  private static DescribedPredicate<JavaMethodCall> staticCall(Class<?> owner) {
    return describe(
        "a static method of " + owner.getSimpleName(),
        call ->
            call.getTargetOwner().isEquivalentTo(owner)
                && call.getTarget()
                    .resolveMember()
                    .map(m -> m.getModifiers().contains(JavaModifier.STATIC))
                    .orElse(false));
  }

  private static ArchCondition<JavaClass> notShow(Function<JavaType, Boolean> banned) {
    return new ArchCondition<>("not show internal types") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        List<JavaCodeUnit> units =
            type.getCodeUnits().stream()
                .filter(
                    u ->
                        u.getModifiers().contains(JavaModifier.PUBLIC)
                            || u.getModifiers().contains(JavaModifier.PROTECTED))
                .toList();
        for (JavaCodeUnit unit : units) {
          boolean shows =
              Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream())
                  .anyMatch(banned::apply);
          if (shows) {
            events.add(
                SimpleConditionEvent.violated(
                    unit, unit.getFullName() + " shows an internal type"));
          }
        }
      }
    };
  }
}

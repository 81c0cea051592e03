package dev.weft;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The arrows of ARCHITECTURE.md, and where single dependencies may be met. */
@AnalyzeClasses(packages = "dev.weft", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest static final ArchRule API_HOLDS_NO_LOGIC = room("dev.weft.api");

  @ArchTest static final ArchRule RESOURCES_STAND_ALONE = room("dev.weft.resources");

  @ArchTest
  static final ArchRule GATEWAY_API =
      room("dev.weft.gatewayapi", "dev.weft.resources", "dev.weft.routing", "dev.weft.api");

  @ArchTest
  static final ArchRule POLICY =
      room("dev.weft.policy", "dev.weft.resources", "dev.weft.routing", "dev.weft.api");

  @ArchTest static final ArchRule IDENTITY = room("dev.weft.identity", "dev.weft.api");

  @ArchTest static final ArchRule DATAPATH = room("dev.weft.datapath");

  @ArchTest static final ArchRule CNI = room("dev.weft.cni");

  @ArchTest static final ArchRule ROUTING = room("dev.weft.routing", "dev.weft.api");

  @ArchTest
  static final ArchRule PROXY =
      room("dev.weft.proxy", "dev.weft.routing", "dev.weft.identity", "dev.weft.api");

  @ArchTest
  static final ArchRule PARTS_OF_THE_PROXY_DO_NOT_KNOW_THE_WHOLE =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.proxy.*..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.weft.proxy");

  @ArchTest
  static final ArchRule FLOWS =
      room("dev.weft.flows", "dev.weft.proxy.observe", "dev.weft.api", "flow", "observer");

  @ArchTest
  static final ArchRule NODE =
      room(
          "dev.weft.node",
          "dev.weft.api",
          "dev.weft.cni",
          "dev.weft.datapath",
          "dev.weft.flows",
          "dev.weft.identity",
          "dev.weft.proxy",
          "dev.weft.routing");

  @ArchTest
  static final ArchRule CONTROL_PLANE =
      room(
          "dev.weft.controlplane",
          "dev.weft.api",
          "dev.weft.resources",
          "dev.weft.gatewayapi",
          "dev.weft.policy",
          "dev.weft.identity");

  @ArchTest
  static final ArchRule FOREIGN_MEMORY_IS_FOR_THE_BINDING =
      noClasses()
          .that()
          .resideInAPackage("dev.weft..")
          .and(not(resideInAnyPackage("dev.weft.datapath..")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.foreign..");

  @ArchTest
  static final ArchRule PURE_ROOMS_DO_NO_IO =
      noClasses()
          .that()
          .resideInAnyPackage("dev.weft.routing..", "dev.weft.gatewayapi..", "dev.weft.policy..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "java.io..",
                      "java.nio.file..",
                      "java.nio.channels..",
                      "io.netty..",
                      "io.grpc..")
                  .and(not(simpleName("Serializable")))
                  .and(not(simpleName("ObjectStreamException")))
                  .and(not(simpleName("IOException")))
                  .and(not(simpleName("StringReader")))
                  .and(not(simpleName("ByteArrayInputStream")))
                  .and(not(simpleName("InputStream")))
                  .and(not(simpleName("Reader"))));

  @ArchTest
  static final ArchRule NO_LOCKS_ON_THE_DATA_PATH =
      noClasses()
          .that()
          .resideInAnyPackage("dev.weft.proxy..", "dev.weft.routing..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.util.concurrent.locks..");

  @ArchTest
  static final ArchRule CLOCKS_ARE_INJECTED =
      noClasses()
          .that()
          .resideInAPackage("dev.weft..")
          .and(not(simpleName("Clocks")))
          .and(not(simpleName("MonotonicClock")))
          .and(not(resideInAnyPackage("dev.weft.cli.."))) // the lab's and load generator's own time
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Instant.class, "now");

  /** Who waits for something waits for its event. */
  @ArchTest
  static final ArchRule NOBODY_SLEEPS =
      noClasses()
          .that()
          .resideInAPackage("dev.weft..")
          .and(not(simpleName("LabClock"))) // for what only time can tell
          .and(not(simpleName("NodeBootstrap"))) // it has the right to get, not to watch
          .should()
          .callMethodWhere(target(owner(type(Thread.class))).and(target(name("sleep"))))
          .orShould()
          .callMethodWhere(target(owner(type(TimeUnit.class))).and(target(name("sleep"))))
          .orShould()
          .dependOnClassesThat(type(LockSupport.class));

  /** A room and the rooms it may use; what is not Weft's is decided by its pom. */
  private static ArchRule room(String own, String... others) {
    List<String> allowed = new ArrayList<>();
    allowed.add(own + "..");
    Arrays.stream(others).map(other -> other + "..").forEach(allowed::add);
    return classes()
        .that()
        .resideInAPackage(own + "..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed.toArray(String[]::new))
                .or(not(resideInAnyPackage("dev.weft.."))));
  }
}

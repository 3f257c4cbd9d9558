package io.hfmount.e2e;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The directions between modules and packages (docs/architecture.md). */
class ArchitectureTest {
    private static final String ROOT = "io.hfmount.";
    private static final DescribedPredicate<JavaClass> OURS = resideInAPackage("io.hfmount..");

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(ArchitectureTest::isNoTestJar)
            .importPackages("io.hfmount");

    private static boolean isNoTestJar(Location location) {
        return !location.contains("-tests.jar") && !location.contains("/e2e/");
    }

    /** A module's packages and the packages of ours that it may use. */
    private record Module(String name, List<String> mayUse) {
        String packages() {
            return ROOT + name + "..";
        }
    }

    static Stream<Module> modules() {
        return Stream.of(
                new Module("model", List.of()),
                new Module("xet", List.of("model")),
                new Module("hub", List.of("model")),
                new Module("emulator", List.of("model", "xet", "hub")),
                new Module("agent", List.of("model", "xet", "hub")),
                new Module("transport", List.of("agent")),
                new Module("api", List.of("model", "agent", "emulator", "transport")));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void module_usesOnlyTheModulesBelowIt(Module module) {
        List<String> allowed = new ArrayList<>(List.of(module.packages()));
        module.mayUse().forEach(name -> allowed.add(ROOT + name + ".."));
        noClasses()
                .that()
                .resideInAPackage(module.packages())
                .should()
                .dependOnClassesThat(
                        are(OURS).and(DescribedPredicate.not(resideInAnyPackage(allowed.toArray(String[]::new)))))
                .check(MAIN);
    }

    @Test
    void everyModule_isSeenByTheseRules() {
        modules()
                .forEach(module -> assertThat(MAIN.that(resideInAPackage(module.packages())))
                        .as(module.name())
                        .isNotEmpty());
        assertThat(MAIN.that(OURS))
                .allMatch(type -> modules()
                        .anyMatch(module -> resideInAPackage(module.packages()).test(type)));
    }

    @Test
    void packages_haveNoCycles() {
        slices().matching("io.hfmount.(**)").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void sharedModel_holdsValuesOnly() {
        classes()
                .that()
                .resideInAPackage("io.hfmount.model..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.hfmount.model..",
                        "java.lang..",
                        "java.util..",
                        "java.time..",
                        "java.nio",
                        "java.nio.charset",
                        "java.math..",
                        "org.jspecify..")
                .check(MAIN);
    }

    @Test
    void fileSystem_knowsNeitherTransportsNorWireFormatsNorFrameworks() {
        noClasses()
                .that()
                .resideInAnyPackage("io.hfmount.agent.fs..", "io.hfmount.agent.vfs..", "io.hfmount.agent.staging..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.hfmount.agent.transport..",
                        "io.hfmount.hub.http..",
                        "io.hfmount.xet.cas..",
                        "org.springframework..",
                        "io.netty..",
                        "reactor.netty..",
                        "tools.jackson..")
                .check(MAIN);
    }

    @Test
    void transports_knowOnlyTheWordsTheyShareWithTheFileSystem() {
        noClasses()
                .that()
                .resideInAnyPackage("io.hfmount.agent.transport..", "io.hfmount.transport..")
                .should()
                .dependOnClassesThat(are(OURS)
                        .and(DescribedPredicate.not(resideInAnyPackage(
                                "io.hfmount.agent.transport..", "io.hfmount.transport..", "io.hfmount.agent.vfs.."))))
                .check(MAIN);
    }

    @Test
    void controlApi_talksToTheAgentsFrontAlone_butForTheOnePlaceThatBuildsIt() {
        noClasses()
                .that()
                .resideInAPackage("io.hfmount.api..")
                .and()
                .doNotHaveFullyQualifiedName("io.hfmount.api.config.AgentConfiguration")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.hfmount.agent.*..", "io.hfmount.transport..")
                .check(MAIN);
    }

    @Test
    void libraryOfTheSecondEngine_staysInItsModule() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.hfmount.transport.jnr..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ru.serce..", "jnr..", "com.kenai..")
                .check(MAIN);
    }

    @Test
    void spring_staysInTheControlApi() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.hfmount.api..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework..")
                .check(MAIN);
    }

    @Test
    void names_sayWhatAClassIsFor() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Common")
                .check(MAIN);
    }

    @Test
    void packages_areNullMarked() {
        List<String> unmarked = MAIN.stream()
                .map(JavaClass::getPackage)
                .distinct()
                .filter(p -> !p.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .toList();
        assertThat(unmarked).isEmpty();
    }
}

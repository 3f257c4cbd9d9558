package io.hfmount.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.MountMode;
import io.hfmount.agent.MountSpec;
import io.hfmount.api.request.MountRequests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

class SettingsCheckTest {
    private static StandardEnvironment environment(String... arguments) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(arguments));
        return environment;
    }

    private static void check(StandardEnvironment environment) {
        new SettingsCheck(properties -> {})
                .onApplicationEvent(new ApplicationEnvironmentPreparedEvent(
                        new DefaultBootstrapContext(), new SpringApplication(), new String[0], environment));
    }

    private static SidecarProperties bound(String... arguments) {
        StandardEnvironment environment = environment(arguments);
        check(environment);
        return Binder.get(environment).bindOrCreate("hfmount", SidecarProperties.class);
    }

    @Test
    void defaults_areLoopbackAndTheUsualPlaces() {
        SidecarProperties properties = bound();
        assertThat(properties.endpoint()).isEqualTo("https://huggingface.co");
        assertThat(properties.address()).isEqualTo("127.0.0.1");
        assertThat(properties.port()).isEqualTo(8787);
        assertThat(properties.token()).isNull();
        assertThat(properties.tokenPath()).isNull();
        assertThat(properties.dataPath()).isAbsolute().hasFileName("hf-mount-sidecar");
        assertThat(properties.roots()).contains(Path.of("").toAbsolutePath(), Path.of(System.getProperty("user.home")));
        assertThat(properties.mounts()).isEmpty();
    }

    @Test
    void declaredMount_isReadLikeARequest_withOptionsInEitherCase() {
        SidecarProperties properties = bound(
                "--hfmount.endpoint=http://127.0.0.1:9///",
                "--hfmount.mounts[0].source=hf://buckets/ann/data",
                "--hfmount.mounts[0].mount-point=/tmp/m/",
                "--hfmount.mounts[0].mode=read-only",
                "--hfmount.mounts[0].options.flushDebounce=PT0.5S",
                "--hfmount.mounts[0].options.poll-interval=PT5S");
        assertThat(properties.endpoint()).isEqualTo("http://127.0.0.1:9");
        MountSpec spec = MountRequests.parse(properties.mounts().getFirst().toRequest());
        assertThat(spec.mode()).isEqualTo(MountMode.READ_ONLY);
        assertThat(spec.mountPoint()).isEqualTo(Path.of("/tmp/m"));
        assertThat(spec.options().flushDebounce()).isEqualTo(Duration.ofMillis(500));
        assertThat(spec.options().pollInterval()).isEqualTo(Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--hfmount.port=-1 | hfmount.port (HFMOUNT_PORT): ",
                "--hfmount.port=65536 | hfmount.port (HFMOUNT_PORT): ",
                "--hfmount.port=http | hfmount.port (HFMOUNT_PORT): ",
                "--hfmount.endpoint=hub | hfmount.endpoint (HF_ENDPOINT): ",
                "--hfmount.endpoint=https://user:hf_secret@hub | hfmount.endpoint (HF_ENDPOINT): ",
                "--hfmount.endpoint=file:///etc | hfmount.endpoint (HF_ENDPOINT): ",
                "--hfmount.address=0.0.0.0 | hfmount.address: ",
                "--hfmount.address=192.168.1.5 | hfmount.address: ",
                "--hfmount.address=hub.example | hfmount.address: ",
                "--hfmount.mount-roots=relative | hfmount.mount-roots (HFMOUNT_MOUNT_ROOTS): ",
                "--hfmount.mount-roots=/a::/b | hfmount.mount-roots (HFMOUNT_MOUNT_ROOTS): ",
                "--hfmount.token=hf_secret | hfmount.token: ",
                "--hfmount.turbo=1 | --hfmount.turbo: ",
                "--help-me | --help-me: ",
                "stray | \"stray\": ",
                "--hfmount.mounts[0].source=x | hfmount.mounts[0]: source: ",
            })
    void settingThatCannotBeUsed_isNamedInOneLineWithoutItsSecret(String argument, String start) {
        assertThatThrownBy(() -> check(environment(argument.strip())))
                .satisfies(failure -> assertThat(SettingsCheck.find(failure))
                        .isNotNull()
                        .hasMessageStartingWith(start.strip())
                        .hasMessageNotContaining("secret")
                        .hasMessageNotContaining("\n"));
    }

    @Test
    void declaredMountsOption_isCheckedAtStart() {
        assertThatThrownBy(() -> check(environment(
                        "--hfmount.mounts[0].source=hf://buckets/ann/data",
                        "--hfmount.mounts[0].mount-point=/tmp/m",
                        "--hfmount.mounts[0].options.flushDebounce=2000")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("hfmount.mounts[0]: option flushDebounce: ");
    }

    @Test
    void tokenFromTheEnvironment_isTaken_strippedAndNeverPrinted() {
        StandardEnvironment environment = environment();
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("env", Map.of("hfmount.token", " hf_secret\n")));
        check(environment);
        SidecarProperties properties = Binder.get(environment).bindOrCreate("hfmount", SidecarProperties.class);
        assertThat(properties.token()).isEqualTo("hf_secret");
        assertThat(properties.toString()).doesNotContain("secret").contains("token=***");
    }

    @Test
    void dataDirectory_isMadeForItsOwnerAlone_orNamed(@TempDir Path dir) throws Exception {
        Path data = dir.resolve("a/b");
        Places.prepare(bound("--hfmount.data-dir=" + data));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                .isEqualTo("rwx------");
        Path file = Files.createFile(dir.resolve("file"));
        assertThatThrownBy(() -> Places.prepare(bound("--hfmount.data-dir=" + file.resolve("x"))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("hfmount.data-dir (HFMOUNT_DATA_DIR): ");
        assertThatThrownBy(() -> Places.prepare(bound("--hfmount.data-dir=" + data, "--hfmount.token-file=" + dir)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("hfmount.token-file (HF_TOKEN_FILE): ");
    }

    @Test
    void tokenThatIsNone_isRefusedWithoutBeingShown() {
        assertThatThrownBy(() ->
                        new SidecarProperties("https://hub", "hf secret", null, "127.0.0.1", 1, "", "", List.of()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageNotContaining("secret");
    }
}

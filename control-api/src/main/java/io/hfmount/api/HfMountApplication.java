package io.hfmount.api;

import io.hfmount.api.config.InvalidSettingException;
import io.hfmount.api.config.Places;
import io.hfmount.api.config.SettingsCheck;
import io.hfmount.api.config.SidecarProperties;
import io.hfmount.api.lifecycle.DrainOnExit;
import io.hfmount.api.lifecycle.ExitCode;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Hooks;

/** The sidecar. Exit codes are those of {@link ExitCode}. */
@SpringBootApplication
@EnableConfigurationProperties(SidecarProperties.class)
public class HfMountApplication {
    /**
     * A sidecar that runs.
     *
     * @param context its parts
     * @param drain how to end it
     */
    public record Running(ConfigurableApplicationContext context, DrainOnExit drain) {}

    private static final Logger LOG = LoggerFactory.getLogger(HfMountApplication.class);

    /** Starts the sidecar; settings as {@code --hfmount.name=value} or from the environment. */
    public static void main(String[] args) {
        start(args, () -> {});
    }

    /**
     * Starts the sidecar, or ends the process with a line that says why not.
     *
     * @param args settings as {@code --hfmount.name=value}
     * @param last run at the very end, after all mounts are drained
     */
    public static Running start(String[] args, Runnable last) {
        // An upload that was given up may fail later with nobody left to tell: no news, and no stack trace.
        Hooks.onErrorDropped(failure -> LOG.debug("failed after it was cancelled: {}", failure.toString()));
        DrainOnExit drain = new DrainOnExit(last);
        drain.install();
        try {
            SpringApplication application = new SpringApplication(HfMountApplication.class);
            application.setRegisterShutdownHook(false);
            application.addListeners(new SettingsCheck(Places::prepare), drain);
            ConfigurableApplicationContext context = application.run(args);
            LOG.info("settings: {}", context.getBean(SidecarProperties.class));
            return new Running(context, drain);
        } catch (RuntimeException failure) {
            InvalidSettingException setting = SettingsCheck.find(failure);
            if (setting != null) {
                PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
                err.println("hf-mount-sidecar: " + setting.getMessage());
            }
            last.run();
            Runtime.getRuntime().halt(setting != null ? ExitCode.BAD_OPTION : ExitCode.FAULT);
            throw failure;
        }
    }
}

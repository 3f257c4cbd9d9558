package io.hfmount.api.config;

import io.hfmount.agent.MountException;
import io.hfmount.api.request.MountRequests;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.CommandLinePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

/**
 * Checks every setting as soon as it is known, before a port is opened or a thread started, so that a mistake is one
 * line that names the setting.
 */
public final class SettingsCheck implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {
    private static final String PREFIX = "hfmount.";
    private static final Set<String> NAMES =
            Set.of("endpoint", "tokenfile", "address", "port", "datadir", "mountroots");

    private final Consumer<SidecarProperties> places;

    /** @param places looks at the files and directories that are named; throws InvalidSettingException */
    public SettingsCheck(Consumer<SidecarProperties> places) {
        this.places = places;
    }

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
        ConfigurableEnvironment environment = event.getEnvironment();
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof CommandLinePropertySource<?> commandLine) {
                checkCommandLine(commandLine);
            }
        }
        SidecarProperties properties = bind(environment);
        for (int i = 0; i < properties.mounts().size(); i++) {
            try {
                MountRequests.parse(properties.mounts().get(i).toRequest());
            } catch (MountException e) {
                throw new InvalidSettingException("hfmount.mounts[" + i + "]", String.valueOf(e.getMessage()));
            }
        }
        places.accept(properties);
    }

    private static void checkCommandLine(CommandLinePropertySource<?> commandLine) {
        Object other = commandLine.getProperty(CommandLinePropertySource.DEFAULT_NON_OPTION_ARGS_PROPERTY_NAME);
        if (other != null) {
            throw new InvalidSettingException(
                    "\"" + printable(other.toString()) + "\"",
                    "no such argument; settings look like --hfmount.port=8787");
        }
        for (String name : commandLine.getPropertyNames()) {
            if (name.equals(CommandLinePropertySource.DEFAULT_NON_OPTION_ARGS_PROPERTY_NAME)) {
                continue;
            }
            String canonical = name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
            if (canonical.equals("hfmount.token")) {
                throw new InvalidSettingException(
                        "hfmount.token", "a command line is visible to every user; use HF_TOKEN or HF_TOKEN_FILE");
            }
            boolean own = canonical.startsWith(PREFIX);
            String rest = own ? canonical.substring(PREFIX.length()) : canonical;
            if (own ? !NAMES.contains(rest) && !rest.startsWith("mounts[") : !name.contains(".")) {
                throw new InvalidSettingException("--" + printable(name), "no such option");
            }
        }
    }

    private static SidecarProperties bind(ConfigurableEnvironment environment) {
        try {
            return Binder.get(environment).bindOrCreate("hfmount", SidecarProperties.class);
        } catch (BindException e) {
            InvalidSettingException ours = find(e);
            // The value is not shown: nobody can tell here whether it is a secret.
            if (ours != null) {
                throw ours;
            }
            String name = e.getName().toString();
            throw name.equals("hfmount.port")
                    ? new InvalidSettingException("hfmount.port (HFMOUNT_PORT)", "a port from 0 to 65535 is expected")
                    : new InvalidSettingException(name, "the value cannot be used");
        }
    }

    /** The setting that is to blame, if {@code failure} comes from one. */
    public static @Nullable InvalidSettingException find(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 32; depth++) {
            if (cause instanceof InvalidSettingException ours) {
                return ours;
            }
            cause = cause.getCause();
        }
        return null;
    }

    private static String printable(String text) {
        String cut = text.length() <= 80 ? text : text.substring(0, 80) + "…";
        return String.join(" ", List.of(cut.split("\\p{Cntrl}+")));
    }
}

package io.hfmount.api.config;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Keeps the framework from printing a page about a mistaken setting; the entry point prints its line. */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class SettingReporter implements SpringBootExceptionReporter {
    /** Called by the framework, which may have no context yet. */
    public SettingReporter(@Nullable ConfigurableApplicationContext context) {}

    @Override
    public boolean reportException(Throwable failure) {
        return SettingsCheck.find(failure) != null;
    }
}

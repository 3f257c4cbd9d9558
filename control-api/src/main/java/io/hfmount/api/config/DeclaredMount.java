package io.hfmount.api.config;

import io.hfmount.model.api.MountRequest;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A mount made at start, {@code hfmount.mounts[]}.
 *
 * @param source {@code hf://buckets/OWNER/NAME[/path]} or
 *     {@code hf://[datasets/|spaces/]OWNER/NAME[@revision][/path]}
 * @param mountPoint absolute path
 * @param mode as in the API
 * @param transport as in the API
 * @param options as in the API; names may also be written in kebab case
 */
public record DeclaredMount(
        @Nullable String source,
        @Nullable String mountPoint,
        @Nullable String mode,
        @Nullable String transport,
        @Nullable Map<String, String> options) {
    private static final Pattern DASH = Pattern.compile("-([a-z])");

    /** The same as a request of the API. */
    public MountRequest toRequest() {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        if (options != null) {
            options.forEach((name, value) ->
                    named.put(DASH.matcher(name).replaceAll(m -> m.group(1).toUpperCase(Locale.ROOT)), value));
        }
        return new MountRequest(source, mountPoint, mode, transport, named);
    }
}

package io.hfmount.hub;

import java.util.Map;

/**
 * The fate of a batch that was answered.
 *
 * @param failures error text by path, of the operations that were refused; every other operation was applied
 */
public record BatchResult(Map<String, String> failures) {
    public BatchResult {
        failures = Map.copyOf(failures);
    }
}

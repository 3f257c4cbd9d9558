package io.hfmount.xet.upload;

import io.hfmount.xet.StorageException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;

/** Brings failures of futures back to the port's exception. */
final class StorageFailures {
    private StorageFailures() {}

    static StorageException of(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof StorageException e) {
            return e;
        }
        if (cause instanceof CancellationException) {
            return new StorageException(StorageException.Kind.UNAVAILABLE, "the upload was given up", cause);
        }
        return new StorageException(StorageException.Kind.UNAVAILABLE, "the upload failed: " + cause, cause);
    }
}

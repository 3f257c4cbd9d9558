package io.hfmount.emulator;

import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.storage.StorageRoutes;
import io.hfmount.emulator.storage.StoredFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The storage service as the Hub wires it.
 *
 * @param routes what it serves
 * @param files what it tells the Hub
 * @param resources what to close at the end
 */
record StorageHalf(StorageRoutes routes, StoredFiles files, Closeable resources) {
    /** Opens the storage service of a Hub. */
    @FunctionalInterface
    interface Opener {
        /** Over {@code directory}, with tokens checked by {@code auth}. */
        StorageHalf open(Path directory, StorageAuth auth) throws IOException;
    }
}

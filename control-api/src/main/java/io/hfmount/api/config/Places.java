package io.hfmount.api.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Looks at the files and directories that the settings name. */
public final class Places {
    private Places() {}

    /**
     * Makes the data directory, for its owner alone, and looks at the token file.
     *
     * @throws InvalidSettingException if either cannot be used
     */
    public static void prepare(SidecarProperties properties) {
        Path data = properties.dataPath();
        try {
            Files.createDirectories(
                    data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException | UnsupportedOperationException e) {
            throw new InvalidSettingException(
                    "hfmount.data-dir (HFMOUNT_DATA_DIR)", "the directory " + data + " cannot be made");
        }
        if (!Files.isWritable(data)) {
            throw new InvalidSettingException(
                    "hfmount.data-dir (HFMOUNT_DATA_DIR)", "the directory " + data + " is not writable");
        }
        Path token = properties.tokenPath();
        if (token != null && Files.exists(token) && (Files.isDirectory(token) || !Files.isReadable(token))) {
            throw new InvalidSettingException(
                    "hfmount.token-file (HF_TOKEN_FILE)", token + " is there, but is no readable file");
        }
    }
}

package io.hfmount.hub;

/** One line of a listing. */
public sealed interface HubEntry {
    /** Full path from the bucket's root. */
    String path();

    /** A directory: something exists below it. */
    record Directory(String path) implements HubEntry {}

    /** A file. */
    record File(HubFile file) implements HubEntry {
        @Override
        public String path() {
            return file.path();
        }
    }
}

package io.hfmount.emulator.hub;

import io.hfmount.emulator.bucket.BucketFile;
import io.hfmount.emulator.bucket.TreeEntry;
import io.hfmount.emulator.hub.wire.Times;
import java.util.LinkedHashMap;
import java.util.Map;

/** Entries of listings (hub-api §2.5). */
final class EntryJson {
    private EntryJson() {}

    static Map<String, Object> of(TreeEntry entry) {
        return switch (entry) {
            case TreeEntry.File(BucketFile file) -> of(file);
            case TreeEntry.Directory(String path, long uploadedAt) -> {
                Map<String, Object> json = new LinkedHashMap<>();
                json.put("type", "directory");
                json.put("path", path);
                json.put("uploadedAt", Times.json(uploadedAt));
                yield json;
            }
        };
    }

    static Map<String, Object> of(BucketFile file) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", "file");
        json.put("path", file.path());
        json.put("size", file.size());
        json.put("xetHash", file.hash().text());
        Long mtime = file.mtime();
        if (mtime != null) {
            json.put("mtime", Times.json(mtime));
        }
        json.put("uploadedAt", Times.json(file.uploadedAt()));
        return json;
    }
}

package io.hfmount.hub;

import io.hfmount.model.ContentHash;
import java.util.HashMap;
import java.util.Map;

class MemoryRepoHubTest extends RepoHubContract {
    @Override
    protected Seed emptyRepo() {
        MemoryRepoHub origin = new MemoryRepoHub("ann/net", "main");
        Map<String, Map<String, MemoryRepoHub.Content>> branches = new HashMap<>(Map.of("main", Map.of()));
        origin.commit("main", Map.of());
        return new Seed() {
            @Override
            public String commit(String branch, Map<String, SeedFile> files) {
                Map<String, MemoryRepoHub.Content> all = new HashMap<>(branches.getOrDefault(branch, Map.of()));
                files.forEach((path, file) ->
                        all.put(path, new MemoryRepoHub.Content(file.content(), file.stored() ? hash(file) : null)));
                branches.put(branch, all);
                return origin.commit(branch, all);
            }

            @Override
            public void branch(String name, String from) {
                branches.put(name, branches.getOrDefault(from, Map.of()));
            }

            @Override
            public ContentHash hash(SeedFile file) {
                return new ContentHash(file.content()[0], file.content().length, 1, 1);
            }

            @Override
            public RepoHub open(String revision) {
                return origin.withRevision(revision);
            }
        };
    }
}

package io.hfmount.model;

/** The kinds of repos on the Hub, and how addresses name them (hub-api §5). */
public enum RepoKind {
    MODEL("model", "models", ""),
    DATASET("dataset", "datasets", "datasets/"),
    SPACE("space", "spaces", "spaces/");

    private final String wireName;
    private final String collection;
    private final String urlPrefix;

    RepoKind(String wireName, String collection, String urlPrefix) {
        this.wireName = wireName;
        this.collection = collection;
        this.urlPrefix = urlPrefix;
    }

    /** Its name in bodies: {@code model}. */
    public String wireName() {
        return wireName;
    }

    /** Its segment below {@code /api/}: {@code models}. */
    public String collection() {
        return collection;
    }

    /** What precedes the id outside {@code /api/} and in sources: {@code datasets/}; nothing for models. */
    public String urlPrefix() {
        return urlPrefix;
    }
}

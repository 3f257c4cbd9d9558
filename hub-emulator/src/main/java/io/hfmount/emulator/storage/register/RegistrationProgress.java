package io.hfmount.emulator.storage.register;

/** How far a registration is. Written by the registering thread, read by any other. */
public final class RegistrationProgress {
    /** What a registration does. */
    public enum Stage {
        /** Checks entries. */
        VALIDATING,
        /** Makes them durable. */
        COMMITTING
    }

    /**
     * A consistent view.
     *
     * @param stage what is being done
     * @param verified entries checked
     * @param total entries of the shard
     */
    public record View(Stage stage, int verified, int total) {}

    private volatile View view = new View(Stage.VALIDATING, 0, 0);

    /** The state now. */
    public View view() {
        return view;
    }

    void begin(int total) {
        view = new View(Stage.VALIDATING, 0, total);
    }

    void verified(int count) {
        view = new View(Stage.VALIDATING, count, view.total());
    }

    void committing() {
        view = new View(Stage.COMMITTING, view.total(), view.total());
    }
}

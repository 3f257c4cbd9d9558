package io.hfmount.emulator.repo;

/** Who gets at the content of a repo that is visible: everybody, or only its owner until access is granted. */
public enum Gating {
    NONE,
    AUTO,
    MANUAL
}

package io.hfmount.emulator.auth;

import java.time.Instant;

/**
 * What a verified storage token says.
 *
 * @param user whom it was given to
 * @param scope what it allows
 * @param expiresAt end of its life, whole seconds
 */
public record StorageGrant(String user, Scope scope, Instant expiresAt) {}

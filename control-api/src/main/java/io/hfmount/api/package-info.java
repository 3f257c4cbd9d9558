/** The sidecar as a Spring Boot application: its entry point. */
@NullMarked
package io.hfmount.api;

import org.jspecify.annotations.NullMarked;

/** The Hub's REST API over HTTP (hub-api): addresses, paging, errors, rate limits and retries. */
@NullMarked
package io.hfmount.hub.http;

import org.jspecify.annotations.NullMarked;

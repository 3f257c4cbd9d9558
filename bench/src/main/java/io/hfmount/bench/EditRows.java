package io.hfmount.bench;

/**
 * The rows of one edit.
 *
 * @param edit what is done
 * @param bytes over the wire, both ways
 * @param visible seconds from the request for a flush until the Hub's HEAD shows the edit
 */
record EditRows(Edit edit, Row bytes, Row visible) {}

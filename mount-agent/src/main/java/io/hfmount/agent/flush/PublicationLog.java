package io.hfmount.agent.flush;

import io.hfmount.model.api.FlushedFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One structured line for each try to publish a file (mount-semantics §11.5). */
final class PublicationLog {
    private static final Logger LOG = LoggerFactory.getLogger(PublicationLog.class);

    private PublicationLog() {}

    static void write(FlushedFile file) {
        var line = file.error() == null ? LOG.atInfo() : LOG.atWarn();
        line.addKeyValue("path", quoted(file.path()))
                .addKeyValue("route", file.route())
                .addKeyValue("result", file.result())
                .addKeyValue("generation", file.generation())
                .addKeyValue("bytesUp", file.bytesUp())
                .addKeyValue("bytesReused", file.bytesReused())
                .addKeyValue("hash", file.hash())
                .addKeyValue("durationMs", file.durationMs())
                .addKeyValue("error", file.error() == null ? null : quoted(file.error()))
                .log("publication");
    }

    /** File names may hold anything, line ends too. */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (Character.isISOControl(c)) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}

package io.hfmount.agent.fs;

/** What a random program, the poller, the flush or the Hub does. */
enum ModelAction {
    MOVE_DIRECTORY,
    MOVE_FILE,
    PUT,
    PUT_OPEN,
    WRITE_OPEN,
    CLOSE,
    OVERWRITE,
    APPEND,
    UNLINK,
    MKDIR,
    RMDIR,
    READ,
    LIST,
    LOOK,
    FORGET,
    LINK,
    POLL,
    FLUSH,
    HUB_LOSES_ANSWER,
    HUB_LOSES_REQUEST,
    HUB_REFUSES
}

package io.hfmount.agent.fs;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What the Hub is told to move or copy just now, and what has not moved here yet. Meanwhile answers of the Hub show the new name,
 * or no longer the old one, and mean nothing by it: here both stay as they are until the move has ended. Seldom more than
 * one, as moves take turns.
 *
 * <p>Changed under the inode table's shared lock at least, so that it stands still under the exclusive one. Thread-safe.
 */
final class MovesUnderWay {
    private final List<Move> moves = new CopyOnWriteArrayList<>();

    /**
     * A move.
     *
     * @param source what moves, with all below it; null if it is a copy that arrives
     * @param newParent the directory it moves to
     * @param newName its name there
     */
    record Move(@Nullable Inode source, Inode newParent, String newName) {}

    void begin(Move move) {
        moves.add(move);
    }

    void end(Move move) {
        moves.remove(move);
    }

    /** Whether {@code inode} moves, or something above it. */
    boolean isLeaving(Inode inode) {
        for (Move move : moves) {
            Inode source = move.source();
            if (source != null && InodeTable.isWithin(inode, source)) {
                return true;
            }
        }
        return false;
    }

    /** Whether something moves to this name. */
    boolean isArriving(Inode parent, String name) {
        for (Move move : moves) {
            if (move.newParent() == parent && move.newName().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether something moves into {@code directory} itself. */
    boolean arrivesIn(Inode directory) {
        for (Move move : moves) {
            if (move.newParent() == directory) {
                return true;
            }
        }
        return false;
    }
}

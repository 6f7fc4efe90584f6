package io.flowblend.api;

import java.util.HashMap;
import java.util.Map;

/** Places for what clients hold open: so many in all, so many of one key. */
final class Places {
    private final int most;
    private final int mostOfKey;
    private final Map<String, Integer> taken = new HashMap<>();
    private int count;

    /**
     * @param most places in all, 1 and up
     * @param mostOfKey places of one key, 1 and up
     */
    Places(int most, int mostOfKey) {
        this.most = most;
        this.mostOfKey = mostOfKey;
    }

    /** Takes a place; false if there is none. */
    synchronized boolean enter(String key) {
        int ofKey = taken.getOrDefault(key, 0);
        if (count >= most || ofKey >= mostOfKey) {
            return false;
        }
        taken.put(key, ofKey + 1);
        count++;
        return true;
    }

    /** Gives a place back. */
    synchronized void leave(String key) {
        count--;
        taken.computeIfPresent(key, (name, ofKey) -> ofKey == 1 ? null : ofKey - 1);
    }

    /** Places that are taken. */
    synchronized int count() {
        return count;
    }
}

package io.flowblend.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import org.junit.jupiter.api.Test;

class NativeDefaultsTest {
    @Test
    void letsWaitingThreadsSleepAsSeenByNativeCode() {
        NativeDefaults.apply();
        Function getenv = NativeLibrary.getInstance("c").getFunction("getenv");
        assertEquals("PASSIVE", getenv.invokeString(new Object[] {"OMP_WAIT_POLICY"}, false));
    }
}

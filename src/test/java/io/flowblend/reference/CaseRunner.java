package io.flowblend.reference;

/** Runs the cases of one kind and compares. */
interface CaseRunner {
    /** Relative L2 that one forward may be off. */
    double FORWARD = 1e-5;

    /** Relative L2 that a whole pipeline may be off. */
    double PIPELINE = 1e-4;

    /** Whether cases of that name are of this kind. */
    boolean handles(String caseName);

    void run(ReferenceCase reference) throws Exception;
}

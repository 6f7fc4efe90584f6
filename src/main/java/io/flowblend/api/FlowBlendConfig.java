package io.flowblend.api;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** All that can be set about the service, below {@code flowblend.}. Each key says meaning, unit and range. */
@ConfigMapping(prefix = "flowblend")
public interface FlowBlendConfig {
    /** Folder that holds the database and the videos; made if it is not there. */
    @WithDefault("data")
    Path dataDirectory();

    /** Folder with further pairs, a sub-folder with a {@code pair.yaml} each. Without it only the built-in pair is served. */
    Optional<Path> pairsDirectory();

    /** Folder with LoRA files ({@code .safetensors}) that requests may name in {@code lora}. */
    Optional<Path> lorasDirectory();

    /** Folder with further tuning profiles, a file each; one with the name of a shipped profile replaces it. */
    Optional<Path> profilesDirectory();

    /**
     * Name of the tuning profile for requests that name none, until another is made the active one. If it is left out, the
     * Quarkus profile of that name ({@code -Dquarkus.profile=quality}), if there is such a tuning profile; else {@code
     * balanced}.
     */
    Optional<String> profile();

    /**
     * Where the models of pairs run that say nothing about it: {@code auto} (a GPU where there is one and the build is for
     * it), {@code cpu} or {@code cuda:N}.
     */
    @WithDefault("auto")
    String device();

    /** As {@link #device()}, for the small model: {@code auto} is a second GPU where there is one, else the pair's device. */
    @WithDefault("auto")
    String smallDevice();

    /**
     * Format of weights and activations of pairs that say nothing about it: {@code float32}, {@code bfloat16}, {@code auto}
     * (bfloat16 on a GPU, float32 on the CPU), or {@code fastest} (on the CPU bfloat16 where it is measured to be clearly
     * faster). What is sensitive stays in float32; results differ between formats.
     */
    @WithDefault("auto")
    String dtype();

    /** Threads of large models, 1 or more; 0: measured when the first one runs. Small ones always run on one. */
    @WithDefault("0")
    int threads();

    /**
     * Whether each pair makes a few steps and a decode at its own size before the service says that it is ready: the first
     * video is then as fast as the others, and its speedup is that of warm steps. Costs the time of a few large steps.
     */
    @WithDefault("true")
    boolean warmUp();

    /**
     * Largest request body. Must be at least 64K, so that a prompt that is too long is refused for being that, with an
     * error that says so.
     */
    @WithDefault("4M")
    MemorySize maxBodySize();

    /** The queue. */
    Queue queue();

    /** Where videos are kept. */
    Store store();

    /** The database that holds the queue and what is known about the pairs. */
    Database database();

    /**
     * What this process does: {@code all}; {@code api} answers requests and makes no video; {@code worker} makes videos and
     * answers on the management port only. The last two need a database that the processes share.
     */
    @WithDefault("all")
    Role role();

    /** Where a video that is being made stands, written down so that another attempt goes on from there. */
    Checkpoints checkpoints();

    /** Streams of events. */
    Events events();

    /** Webhooks. */
    Webhooks webhooks();

    /** API keys by name. With none here and none in {@link #apiKeysFile()}, only the loopback interface is answered. */
    Map<String, ApiKey> apiKeys();

    /**
     * File with further API keys: a line each, {@code name role sha256}; lines that begin with # are comments. A name may
     * have several lines of the same role. A changed file is taken within two seconds; one that is not valid is not.
     */
    Optional<Path> apiKeysFile();

    /** An H2 file below {@link #dataDirectory()}, or a PostgreSQL server that several processes share. */
    interface Database {
        /** JDBC URL of a PostgreSQL database, {@code jdbc:postgresql://HOST/DATABASE}; without it the H2 file is used. */
        Optional<String> url();

        /** User of the PostgreSQL database. */
        @WithDefault("flowblend")
        String username();

        /** Password of that user; none where the server asks for none. */
        Optional<String> password();
    }

    /** What a process does. */
    enum Role {
        ALL,
        API,
        WORKER
    }

    /** How often a video's state is written down. */
    interface Checkpoints {
        /** Steps between two checkpoints, 1 and up; 0: only where a video is stopped in good order. */
        @WithDefault("5")
        int everySteps();

        /** Most of a video's time that its checkpoints may take, above 0, at most 1; they become rarer where it is reached. */
        @WithDefault("0.01")
        double maxShare();
    }

    /** What is kept where. */
    interface Store {
        /**
         * Folder of the videos and checkpoints; {@code videos} below {@link #dataDirectory()} without it. Processes that share
         * a database share this folder too.
         */
        Optional<Path> directory();

        /** Size of all finished videos together beyond which the oldest are deleted; 0: without a limit. */
        @WithDefault("0")
        MemorySize maxSize();

        /**
         * Space on the disk of {@link #dataDirectory()} below which no video is accepted or begun; videos that wait go on
         * waiting. 0: all of it is used.
         */
        @WithDefault("256M")
        MemorySize minFreeSpace();

        /**
         * Takes the folder of videos for the database's own although their store ids differ, once: after a database was
         * begun anew or a folder was moved. Videos that the database does not know are set aside, not deleted.
         */
        @WithDefault("false")
        boolean adopt();
    }

    /** How many videos wait, and for how long they are kept. */
    interface Queue {
        /**
         * Videos that may wait at a time, 1 and up; a further one is refused with 429. Several API processes together may take
         * some more.
         */
        @WithDefault("100")
        int limit();

        /** Videos of one key that may wait at a time, 1 and up; 0: as many as the queue takes. */
        @WithDefault("0")
        int limitPerKey();

        /**
         * Videos of one key that are made at a time, by all workers together, 1 and up; further ones wait, and the workers make
         * those of other keys. 0: as many as there are workers.
         */
        @WithDefault("0")
        int runningPerKey();

        /** Videos that one key may ask for a minute, 1 and up; 0: without a limit. */
        @WithDefault("0")
        int requestsPerMinute();

        /** Clients that may wait at a time for a video that is being made, 1 and up; a further one is refused with 429. */
        @WithDefault("500")
        int waitingClients();

        /** The same of one key, 1 and up; 0: as many as there may be in all. */
        @WithDefault("0")
        int waitingClientsPerKey();

        /** How long a finished video is kept, at least 1 minute (ISO-8601 or {@code 90m}, {@code 7d}). */
        @WithDefault("7d")
        Duration retention();
    }

    /** How many clients may follow videos by {@code GET /v1/videos/{id}/events}; a further one is refused with 429. */
    interface Events {
        /** Streams that may be open at a time, 1 and up. */
        @WithDefault("2000")
        int streams();

        /** Streams of one key that may be open at a time, 1 and up. */
        @WithDefault("200")
        int streamsPerKey();

        /** How long a client may leave what was sent to it unread before it is let go, above 0. */
        @WithDefault("30s")
        Duration patience();
    }

    /** How the receivers of webhooks are told. */
    interface Webhooks {
        /**
         * Secret that webhooks are signed with where the caller's key has none of its own: {@code whsec_} and the base64 of 24
         * to 64 bytes. Without one, {@code webhook_url} is refused.
         */
        Optional<String> secret();

        /** Whether a webhook may be plain HTTP, and may be told at addresses that only this machine or network can reach. */
        @WithDefault("false")
        boolean allowPrivate();
    }

    /** One API key. */
    interface ApiKey {
        /** SHA-256 hash of the key, 64 hexadecimal digits. The key itself is nowhere in the configuration. */
        String sha256();

        /** {@code user}: its own videos. {@code admin}: also what operates the service. */
        @WithDefault("user")
        String role();

        /** Secret that this key's webhooks are signed with, as {@code flowblend.webhooks.secret}. */
        Optional<String> webhookSecret();
    }
}

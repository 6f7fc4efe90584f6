package io.flowblend.jobs;

import io.flowblend.request.VideoRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;

/** What the pairs were last asked for, of the videos that are still kept. */
public final class RecentPrompts {
    /** Videos that are looked at; beyond these a prompt is no longer recent. */
    private static final int LOOKED_AT = 2000;

    private final JobReader reader;

    /** @param database has the tables of {@code db/migration} */
    public RecentPrompts(DataSource database) {
        this.reader = new JobReader(database);
    }

    /** The pair's last prompts, newest first, none twice, {@code most} at most. */
    public List<String> of(String pair, int most) {
        Set<String> prompts = new LinkedHashSet<>();
        for (VideoRequest request : reader.recentRequests(LOOKED_AT)) {
            if (prompts.size() < most && request.pair().equals(pair)) {
                prompts.add(request.prompt());
            }
        }
        return List.copyOf(prompts);
    }
}

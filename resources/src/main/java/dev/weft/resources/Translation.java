package dev.weft.resources;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a translator has to say since the last time it was asked; the first time that is everything.
 *
 * @param resources by name, versions not set; null: it is gone
 * @param facts what to tell users about their objects; null: there is nothing to tell any more
 * @param generated objects that the cluster must hold because of users' objects, whose names they
 *     bear as owners: for a Gateway a ServiceAccount in its namespace (GEP-1762). All of them;
 *     whole but for what an API server fills in; one that was here before and is no longer is to be
 *     deleted
 * @param <R> the message that nodes are sent
 */
public record Translation<R>(
    Map<String, @Nullable R> resources,
    Map<ObjectRef, @Nullable StatusFacts> facts,
    List<KubeObject> generated) {}

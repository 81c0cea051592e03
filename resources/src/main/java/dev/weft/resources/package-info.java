/**
 * Kubernetes, Gateway API and Weft objects as immutable records, and everything both translators
 * share about them.
 *
 * <p>Start with {@link dev.weft.resources.ResourceParser} (YAML to objects or refusals), {@link
 * dev.weft.resources.Snapshot} (all objects at one moment) and {@link
 * dev.weft.resources.Derivation} (values derived from a snapshot, recomputed only when what they
 * read has changed).
 *
 * <p>The records are the schema: a component that is neither {@code @Nullable}, a list, a map, a
 * boolean nor has a default is required, and a field without a component is refused.
 */
@NullMarked
package dev.weft.resources;

import org.jspecify.annotations.NullMarked;

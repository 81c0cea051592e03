/** Kubernetes and Gateway API objects as immutable records, and their YAML form. */
@NullMarked
package dev.weft.resources;

import org.jspecify.annotations.NullMarked;

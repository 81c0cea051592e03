/**
 * Training runs for the caches of loaded classes (JEP 483, 514): what a process of a mesh does in
 * its first seconds. Start at {@link dev.weft.cli.train.Meeting}.
 */
@NullMarked
package dev.weft.cli.train;

import org.jspecify.annotations.NullMarked;

/** Flow records, metrics and traces. */
@NullMarked
package dev.weft.flows;

import org.jspecify.annotations.NullMarked;

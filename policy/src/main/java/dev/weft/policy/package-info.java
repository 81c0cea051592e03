/** Pure translation of policies to verdict tables and rule programs. */
@NullMarked
package dev.weft.policy;

import org.jspecify.annotations.NullMarked;

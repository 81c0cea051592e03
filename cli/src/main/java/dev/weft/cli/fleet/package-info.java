/**
 * Many nodes that exist as configuration streams only, for measuring a control plane: start with
 * {@link dev.weft.cli.fleet.Fleet}.
 */
@NullMarked
package dev.weft.cli.fleet;

import org.jspecify.annotations.NullMarked;

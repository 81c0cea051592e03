/**
 * A small load generator: a fixed rate whatever the answers do, every answer counted.
 *
 * <p>Start with {@link dev.weft.cli.load.LoadCommand} (flags), {@link dev.weft.cli.load.LoadRun}
 * (the rate) and {@link dev.weft.cli.load.HttpTarget} (connections).
 */
@NullMarked
package dev.weft.cli.load;

import org.jspecify.annotations.NullMarked;

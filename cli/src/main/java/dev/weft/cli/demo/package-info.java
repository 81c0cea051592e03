/**
 * The demo: nine acts played on a lab, each with a line of evidence. The same acts are the
 * automated tests.
 *
 * <p>Start with {@link dev.weft.cli.demo.Act} (what an act is), {@link dev.weft.cli.demo.Stage}
 * (what acts do to a lab) and {@link dev.weft.cli.demo.Demo} (the programme).
 */
@NullMarked
package dev.weft.cli.demo;

import org.jspecify.annotations.NullMarked;

/**
 * Flow records, metrics, traces and logs of a node. Start with {@link dev.weft.flows.Telemetry},
 * {@link dev.weft.flows.FlowStore} and {@link dev.weft.flows.TelemetryOptions}.
 */
@NullMarked
package dev.weft.flows;

import org.jspecify.annotations.NullMarked;

/**
 * A small OTLP/gRPC receiver that keeps what it gets in bounded memory, for the lab, demos and
 * tests. Start with {@link dev.weft.flows.receiver.OtlpReceiver}, {@link
 * dev.weft.flows.receiver.ReceivedSpan} and {@link dev.weft.flows.receiver.TraceTree}.
 */
@NullMarked
package dev.weft.flows.receiver;

import org.jspecify.annotations.NullMarked;

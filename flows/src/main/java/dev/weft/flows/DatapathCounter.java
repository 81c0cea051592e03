package dev.weft.flows;

/**
 * A counter of the eBPF programs, counted since they were loaded.
 *
 * @param reason why packets were dropped; "" for those that went on
 */
public record DatapathCounter(String reason, Flow.Direction direction, long packets, long bytes) {}

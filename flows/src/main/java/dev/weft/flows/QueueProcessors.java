package dev.weft.flows;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;

/** Put what the SDK finished into the export queues. */
final class QueueProcessors {

  private QueueProcessors() {}

  record Spans(ExportQueue<ReadableSpan> queue) implements SpanProcessor {

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
      return false;
    }

    @Override
    public void onEnd(ReadableSpan span) {
      queue.offer(span);
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }

  record Logs(ExportQueue<ReadWriteLogRecord> queue) implements LogRecordProcessor {

    @Override
    public void onEmit(Context context, ReadWriteLogRecord record) {
      queue.offer(record);
    }
  }
}

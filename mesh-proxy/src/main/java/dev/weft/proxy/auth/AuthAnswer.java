package dev.weft.proxy.auth;

import com.google.protobuf.ByteString;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.Trailers;
import org.jspecify.annotations.Nullable;

/** What an external authorization answered, whole. */
public record AuthAnswer(ResponseHead head, ByteString body, @Nullable Trailers trailers) {}

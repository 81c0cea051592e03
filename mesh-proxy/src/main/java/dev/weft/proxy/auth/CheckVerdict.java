package dev.weft.proxy.auth;

import com.google.protobuf.ByteString;
import dev.weft.api.extauth.CheckResponse;
import dev.weft.api.extauth.DeniedHttpResponse;
import dev.weft.api.extauth.HeaderValueOption;
import dev.weft.api.extauth.HeaderValueOption.AppendAction;
import dev.weft.api.extauth.OkHttpResponse;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.LocalReply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an ext_authz answer means. Pure. */
final class CheckVerdict {
  private static final int SMALLEST_FINAL = 200;
  private static final int LARGEST = 599;
  private static final int FORBIDDEN = 403;

  private CheckVerdict() {}

  static AuthVerdict of(CheckResponse answer) {
    boolean says = answer.hasStatus() || answer.hasOkResponse();
    boolean denies = answer.getStatus().getCode() != 0;
    // Neither an answer without a word nor one that says both yes and no is a yes.
    if ((!denies && (!says || answer.hasDeniedResponse())) || (denies && answer.hasOkResponse())) {
      return malformed();
    }
    if (!denies) {
      return pass(answer.getOkResponse());
    }
    return answer.hasDeniedResponse()
        ? deny(answer.getDeniedResponse())
        : new AuthVerdict.Refuse(LocalReply.AUTH_DENIED);
  }

  private static AuthVerdict malformed() {
    return new AuthVerdict.Refuse(LocalReply.AUTH_MALFORMED);
  }

  private static AuthVerdict pass(OkHttpResponse ok) {
    HeaderEdits.Builder request = new HeaderEdits.Builder();
    HeaderEdits.Builder response = new HeaderEdits.Builder();
    for (HeaderValueOption option : ok.getHeadersList()) {
      // A request's field is replaced unless asked otherwise: the client may have forged it.
      if (!edit(option, AppendAction.OVERWRITE_IF_EXISTS_OR_ADD, request)) {
        return malformed();
      }
    }
    for (String each : ok.getHeadersToRemoveList()) {
      String name = AuthFields.name(each);
      if (name == null) {
        return malformed();
      }
      if (!AuthFields.reserved(name)) {
        request.remove(name);
      }
    }
    for (HeaderValueOption option : ok.getResponseHeadersToAddList()) {
      if (!edit(option, AppendAction.APPEND_IF_EXISTS_OR_ADD, response)) {
        return malformed();
      }
    }
    return new AuthVerdict.Pass(request.build(), response.build());
  }

  /** Whether the field is well-formed; reserved ones are left out. */
  private static boolean edit(
      HeaderValueOption option, AppendAction unsaid, HeaderEdits.Builder edits) {
    AuthVerdict.Field field = field(option);
    if (field == null) {
      return false;
    }
    if (AuthFields.reserved(field.name())) {
      return true;
    }
    switch (action(option, unsaid)) {
      case APPEND_IF_EXISTS_OR_ADD -> edits.add(field.name(), field.value());
      case ADD_IF_ABSENT -> edits.setWhere(false, field.name(), field.value());
      case OVERWRITE_IF_EXISTS_OR_ADD -> edits.set(field.name(), field.value());
      case OVERWRITE_IF_EXISTS -> edits.setWhere(true, field.name(), field.value());
      case UNRECOGNIZED -> {
        return false;
      }
    }
    return true;
  }

  /** The older field wins where it is set; the newer one's default cannot be told from nothing. */
  private static AppendAction action(HeaderValueOption option, AppendAction unsaid) {
    if (option.hasAppend()) {
      return option.getAppend().getValue()
          ? AppendAction.APPEND_IF_EXISTS_OR_ADD
          : AppendAction.OVERWRITE_IF_EXISTS_OR_ADD;
    }
    return option.getAppendActionValue() == 0 ? unsaid : option.getAppendAction();
  }

  private static AuthVerdict.@Nullable Field field(HeaderValueOption option) {
    String name = AuthFields.name(option.getHeader().getKey());
    ByteString raw = option.getHeader().getRawValue();
    String text = option.getHeader().getValue();
    if (text.isEmpty() && !raw.isEmpty()) {
      if (!raw.isValidUtf8()) {
        return null;
      }
      text = raw.toStringUtf8();
    }
    String value = AuthFields.value(text);
    return name == null || value == null ? null : new AuthVerdict.Field(name, value);
  }

  private static AuthVerdict deny(DeniedHttpResponse denied) {
    int code = denied.getStatus().getCode();
    int status = code == 0 ? FORBIDDEN : code;
    if (status < SMALLEST_FINAL || status > LARGEST) {
      return malformed();
    }
    List<AuthVerdict.Field> fields = new ArrayList<>();
    for (HeaderValueOption option : denied.getHeadersList()) {
      AuthVerdict.Field field = field(option);
      if (field == null) {
        return malformed();
      }
      if (!AuthFields.reserved(field.name())) {
        fields.add(field);
      }
    }
    return new AuthVerdict.Deny(status, fields, denied.getBodyBytes());
  }
}

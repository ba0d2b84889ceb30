retry-after = { $seconds ->
    [one] Trying again makes sense in one second.
   *[other] Trying again makes sense in { $seconds } seconds.
}

error-bad_request = That could not be read
error-bad_request-help = Something in the address or in what was sent is not as it should be.
error-unauthorized = Please sign in
error-unauthorized-help = You are not signed in, or your session has ended. What you had typed is still there when you go back.
error-forbidden = That is not allowed
error-forbidden-help = The request did not come from a page of ours. Go back, load the page again, then try once more.
error-not_found = There is nothing here
error-not_found-help = The page has moved, was deleted, or belongs to somebody else.
error-method_not_allowed = That does not work here
error-method_not_allowed-help = This address exists, but not for what was asked of it.
error-request_timeout = That took too long
error-request_timeout-help = The connection was too slow, or we were. Please try again.
error-conflict = That was changed meanwhile
error-conflict-help = What you wanted to change is no longer as you saw it.
error-payload_too_large = That is too large
error-payload_too_large-help = It is more than we take at once, or more than your files have room left for.
error-uri_too_long = That address is too long
error-uri_too_long-help = Please shorten it.
error-unsupported_media_type = That kind of content is not taken here
error-unsupported_media_type-help = It was sent in a form that this page does not read.
error-range_not_satisfiable = The file has no such part
error-range_not_satisfiable-help = It is shorter than what was asked for.
error-validation_error = Something needs another look
error-validation_error-help = Go back and check what you entered.
error-document_too_complex = The document is too complex
error-document_too_complex-help = It is larger or more deeply nested than we can set.
error-rate_limited = One moment
error-rate_limited-help = That was a little often. Please wait, then try again.
error-request_header_fields_too_large = The request is too large
error-request_header_fields_too_large-help = Its headers are larger than we take. Deleting this site’s cookies may help.
error-internal_error = Something went wrong on our side
error-internal_error-help = It has been noted. Please try again later.
error-bad_gateway = The service could not be reached
error-bad_gateway-help = Please try again in a moment.
error-service_unavailable = We are busy right now
error-service_unavailable-help = Please try again in a moment.
error-gateway_timeout = The service did not answer in time
error-gateway_timeout-help = Please try again in a moment.
error-storage_full = There is no room left
error-storage_full-help = Nothing more can be stored right now.

retry-after = { $seconds ->
    [one] Try again in one second.
   *[other] Try again in { $seconds } seconds.
}

error-bad_request = Invalid request
error-bad_request-help = The address or the submitted data is invalid. Check the address, or reload the page and try again.
error-unauthorized = Please sign in
error-unauthorized-help = You are not signed in, or your session has ended. Go back to find your input unchanged.
error-forbidden = Access denied
error-forbidden-help = The request did not come from a page of this site. Go back, reload the page and try again.
error-not_found = Page not found
error-not_found-help = The page does not exist, was deleted, or you do not have access to it.
error-method_not_allowed = Method not allowed
error-method_not_allowed-help = This address does not support this kind of request.
error-request_timeout = Request timed out
error-request_timeout-help = The request took too long. Try again.
error-conflict = Conflict with another change
error-conflict-help = The data was changed in the meantime. Reload the page and try again.
error-payload_too_large = Too much data
error-payload_too_large-help = The upload exceeds the size limit, or your storage is full.
error-uri_too_long = Address too long
error-uri_too_long-help = Use a shorter address.
error-unsupported_media_type = Unsupported content type
error-unsupported_media_type-help = This page does not accept this type of content.
error-range_not_satisfiable = Invalid range
error-range_not_satisfiable-help = The file is shorter than the requested range.
error-validation_error = Invalid input
error-validation_error-help = Go back and check your input.
error-document_too_complex = The document is too complex
error-document_too_complex-help = The document is too long or too deeply nested. Shorten or simplify it.
error-rate_limited = Too many requests
error-rate_limited-help = Wait a moment, then try again.
error-request_header_fields_too_large = Request headers too large
error-request_header_fields_too_large-help = Delete the cookies of this site, then try again.
error-internal_error = Something went wrong
error-internal_error-help = The error was logged. Try again later.
error-bad_gateway = Service unreachable
error-bad_gateway-help = The server did not respond. Try again in a moment.
error-service_unavailable = Service unavailable
error-service_unavailable-help = The service is overloaded or starting. Try again in a moment.
error-gateway_timeout = Service timed out
error-gateway_timeout-help = The server did not respond in time. Try again in a moment.
error-storage_full = Server storage full
error-storage_full-help = The server cannot store more data at the moment. Try again later.

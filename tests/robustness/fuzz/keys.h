/*
 * keys.h - the fixed keys of the fuzz targets.
 *
 * The private key is that of RFC 8037, A.1. The private keys of the other
 * public keys were not kept; they signed the tokens in corpus/token.
 */
#ifndef KEYS_H
#define KEYS_H

static const unsigned char fuzz_ed25519[32] =
	"\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4"
	"\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";

/* clang-format off */
static const char fuzz_keys[] =
	"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7Ty"
	"WQHOg7hcvPapiMlrwIaaPcHURo\",\"kid\":\"fuzz\"},{\"kty\":\"OKP\",\"crv\""
	":\"Ed25519\",\"x\":\"16y23GapXYXkf84KwiaZuf40uUCXgLUr_mldoQ47bUM\""
	",\"kid\":\"kEdDSA\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AY9-52qzHwFf"
	"IDlsqRNQ0oLE6g3jXA1-7yVXTZjzEgE\",\"y\":\"0lFDdv9V0Klg28_wnff91o"
	"fKIx9aMz_ajy1pXM5Iu1s\",\"kid\":\"kES256\"},{\"kty\":\"EC\",\"crv\":\"P-"
	"384\",\"x\":\"6nNuLXmq8QMtiy19A_AEhG9L1NxWPXTy8ypAUGc6J98tgdA3CY"
	"DCfx8fEuDJkUMY\",\"y\":\"KzxakPpKoxHt2cZcSIaqC9arm9kU0qGrjmGOEb1"
	"8ArXeiaxMGlm-JX5a-q3GKO0z\",\"kid\":\"kES384\"},{\"kty\":\"EC\",\"crv\""
	":\"P-521\",\"x\":\"AGJ2O1t3ZwakIn2A785oNZx89M9v-maEnvslBZ7o-oMfOI"
	"OqHoKkkswZrRpDiZv36yjX2ss4lXx0yAKukL64Sr1b\",\"y\":\"AV9gQ9EVdAF"
	"XzjjKWPlf-TyZe-JbTzOE526euSwryHm54YWkolD4Ou0rAQ3YD870fspoVt7"
	"L1q1hQ0Gcal8QwkgD\",\"kid\":\"kES512\"},{\"kty\":\"RSA\",\"alg\":\"RS256"
	"\",\"n\":\"wsTVRMkUQvH3V8xnN7dP3ETBHz-Eh05fgugJa-G67e2LqqEj342FM"
	"HPxL4tgKvzTfsUCS_kbeAgDehP6FdKBJ-u65yRScFktEh5yn1rZ7zBQxKltb"
	"-owBtr2E0iwu8kLACwHNXlg7WAihP2RuCJj0YlHj0I6zYOO7O_upb2mVjwfJ"
	"ycklAziN3TgJ1_jVp1tDPiK_hvceVylUEhZtqC_MaU4ucSEdKAERRRK9-9a4"
	"w7dBvWgHsqclwe4mT079NPQdhkjSPtslRx9Tji13i6H8fH5wT0kPJcUdpMyj"
	"CmA6DgbyqD6pizOGmLF8JufZjJnsOHkNAbptIYm1Hy_Y7KKhQ\",\"e\":\"AQAB"
	"\",\"kid\":\"kRS256\"},{\"kty\":\"RSA\",\"alg\":\"PS256\",\"n\":\"z9oX_8Yrkv"
	"IWbLSA0MxQrVrdCWI3bR0A5dmsk2djaUTjx7VLRQRFfrBXK-c5Mr06cSl_fQ"
	"Ub2fNtnIwCfLDA_q8fmYKScj3uRTF6_ST_vbUZdhy49SF0nxmDkWZlR1qx6P"
	"VFX5h3QejJqbPKf2HHwGIdhcbe4lWI2o9JgU4LT--ifNiiCtH1akiB05jU_c"
	"KoCkNVh4jF1VXDQP5TGyB8OEjXErrRY3m2an2-4qrr0SvENenIaDiahQ6ZEy"
	"H41RVp3XWmJkUEOkRWD4sMXyDOSs9yBr1US4GTlFQ-duYmyYc1oEKAadyxS3"
	"q3UtJERJmYhD6utxYW1WI8THshoG-wVw\",\"e\":\"AQAB\",\"kid\":\"kPS256\"}"
	"]}";
/* clang-format on */

#endif
